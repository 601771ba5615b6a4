package dev.sockbroker.broker.core;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.util.ArrayList;
import java.util.List;

/** Lists the named sockets with what went through them. */
final class NamesHandler {
  private final Environment environment;
  private final SocketTable sockets;

  NamesHandler(Environment environment, SocketTable sockets) {
    this.environment = environment;
    this.sockets = sockets;
  }

  void onList(Call call, Request.ListNames list) {
    int pageRows = ListHandler.pageRows(environment.limits());
    List<Reply.NameInfo> rows = new ArrayList<>();
    Looks looks = new Looks(environment.timers()::nanoTime);
    for (OwnedSocket socket : sockets.sockets().tailMap(list.afterSocket(), false).values()) {
      Sight sight =
          socket.name() == null
              ? Sight.NOTHING
              : Sight.of(socket, call.session(), sockets.policy());
      if (sight != Sight.NOTHING) {
        rows.add(NameRows.of(socket, sight == Sight.HOLDERS));
      }
      if (rows.size() == pageRows || !looks.hasTime()) {
        call.reply(new Reply.Names(rows, true, socket.id()));
        return;
      }
    }
    if (Sight.isOfEverything(call.session(), sockets.policy())) {
      rows.add(NameRows.ofOthers(sockets));
    }
    call.reply(new Reply.Names(rows, false, 0));
  }
}
