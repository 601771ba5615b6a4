package dev.sockbroker.system.contract;

import static dev.sockbroker.protocol.Errno.EINVAL;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.system.contract.Scenario.On;
import dev.sockbroker.system.contract.Scene.Pair;

/** Scenarios TK-*: the other targets of a token, and the other ways in which it ends. */
class TokenTest {
  @Scenario(
      id = "TK-01",
      rules = {3, 9},
      registers = false,
      steps =
          "a token for B's session, shown by another session of B, then by it; one more, and B's"
              + " session ends",
      expected = "EINVAL, ok; the socket closes with the last token")
  void tk01ShouldMakeATokenForASession(Scene scene) {
    Pair pair = scene.pair();
    String token = text(pair.held().duplicateForSession(scene.b()));
    scene.another(scene.b()).redeem(token).fails(EINVAL);
    scene.b().redeem(token).holder("B").close();
    pair.held().duplicateForSession(scene.b());
    pair.held().close();
    pair.peer().seesNothing();
    scene.b().end();
    pair.peer().seesEnd();
  }

  @Scenario(
      id = "TK-02",
      rules = {3, 9},
      registers = false,
      steps =
          "a token for a user: without expiry; with 10 s, redeemed by B; with 200 ms, the last"
              + " thing that keeps the socket open",
      expected = "EINVAL; ok; the socket closes, redeem EINVAL")
  void tk02ShouldMakeATokenForAUserThatExpires(Scene scene) {
    Pair pair = scene.pair();
    long uid = scene.a().session().welcome().uid();
    pair.held().duplicateForUser(uid, null).fails(EINVAL);
    String token = text(pair.held().duplicateForUser(uid, 10_000L));
    scene.b().redeem(token).holder("B").close();
    String last = text(pair.held().duplicateForUser(uid, 200L));
    pair.held().close();
    pair.peer().seesEnd();
    scene.b().redeem(last).fails(EINVAL);
  }

  @Scenario(
      id = "TK-03",
      rules = {9},
      registers = false,
      on = On.ONCE,
      steps =
          "B revokes A's token; A revokes it; again; an administrator revokes another by its id",
      expected = "EINVAL; ok; EINVAL; ok, and redeem EINVAL")
  void tk03ShouldLetItsMakerAndAdministratorsRevoke(Scene scene) {
    Holder socket = scene.a().open();
    String token = socket.tokenFor(scene.b());
    scene.b().ask(new Request.RevokeToken(token)).fails(EINVAL);
    scene.a().ask(new Request.RevokeToken(token));
    scene.a().ask(new Request.RevokeToken(token)).fails(EINVAL);
    scene.b().redeem(token).fails(EINVAL);

    var other = socket.duplicate(scene.b().pid(), null).as(Reply.Duplicated.class);
    scene.administrator().ask(new Request.RevokeToken(other.id()));
    scene.b().redeem(other.token()).fails(EINVAL);
  }

  @Scenario(
      id = "TK-04",
      rules = {3},
      registers = false,
      on = On.ONCE,
      steps = "a token for a user that is good for 100 years",
      expected = "EINVAL")
  void tk04ShouldRefuseATokenThatIsGoodForTooLong(Scene scene) {
    Holder socket = scene.a().open();
    long uid = scene.a().session().welcome().uid();
    long century = 100L * 365 * 86_400_000;
    socket.duplicateForUser(uid, century).fails(EINVAL);
  }

  private static String text(Step duplicate) {
    return duplicate.as(Reply.Duplicated.class).token();
  }
}
