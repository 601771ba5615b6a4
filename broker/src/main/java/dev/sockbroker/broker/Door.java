package dev.sockbroker.broker;

import dev.sockbroker.broker.kernel.Ledger;
import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.os.BrokerSocket;
import dev.sockbroker.broker.os.EpollKernel;
import dev.sockbroker.broker.state.Fd;
import dev.sockbroker.broker.state.SavedDoor;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where clients connect: the broker's own path, or a listener of the service manager. Other
 * programs, such as cleaners of /tmp, may remove the path. This class then binds it again, because
 * clients could not reach their sockets otherwise. Loop thread only.
 */
final class Door {
  private static final Logger LOG = LoggerFactory.getLogger(Door.class);

  private final SocketPath path;
  private final String address;
  private final Listener listener;
  private final EpollKernel kernel;
  private Entrance entrance;
  private boolean lost;

  /**
   * @param path null if the service manager owns the address
   * @param address a path, or @ and an abstract name
   */
  Door(SocketPath path, String address, Listener listener, EpollKernel kernel) {
    this.path = path;
    this.address = address;
    this.listener = listener;
    this.kernel = kernel;
  }

  /** Binds the path and accepts clients there. */
  void listen() throws IOException {
    open(path.listen());
  }

  /** Accepts clients from a descriptor that listens at the address. */
  void open(int fd) {
    kernel.keepForBroker(address);
    Entrance former = entrance;
    entrance = listener.open(fd);
    if (former != null) {
      former.close();
    }
    keep();
  }

  /** The next broker must find the door if this one is killed. */
  private void keep() {
    if (kernel.kept() != null) {
      kernel.kept().putNow(Ledger.Kind.DOOR, 0, save());
    }
  }

  /** Serves a client that a killed broker has accepted. */
  void onClient(int fd) {
    listener.onClient(fd);
  }

  SavedDoor save() {
    return new SavedDoor(
        new Fd(entrance.fd()),
        address,
        path == null ? null : new Fd(path.lockFd()),
        path == null ? null : path.file());
  }

  /** Shows clients and people that this process is the broker now. */
  void takenOver() throws IOException {
    BrokerSocket.listenAgain(entrance.fd());
    if (path != null) {
      path.takenOver();
    }
  }

  /** Checks the path and binds it again if it is gone. To be called periodically. */
  void check() {
    if (path == null) {
      return;
    }
    try {
      switch (path.state()) {
        case OWN -> path.keep();
        case MISSING -> listenAgain();
        case ANOTHERS -> reportLoss();
      }
    } catch (IOException | RefusedException e) {
      LOG.warn("clients do not reach this broker at {}: {}", path.path(), e.getMessage());
    }
  }

  private void listenAgain() throws IOException {
    listen();
    lost = false;
    LOG.warn("{} was removed, and the broker created it again", path.path());
  }

  private void reportLoss() {
    if (!lost) {
      LOG.error(
          "{} now belongs to another program, and clients no longer reach this broker (pid {});"
              + " stop one of the two",
          path.path(),
          ProcessHandle.current().pid());
    }
    lost = true;
  }

  /** Stops accepting clients. Removes the path first, while it certainly belongs to this broker. */
  void stop() {
    try {
      if (path != null) {
        path.remove();
      }
    } catch (IOException | RefusedException e) {
      LOG.warn("{} was not removed: {}", path.path(), e.getMessage());
    }
    entrance.close();
  }
}
