package dev.sockbroker.system.contract;

import static dev.sockbroker.protocol.Errno.EAGAIN;
import static dev.sockbroker.protocol.Errno.EALREADY;
import static dev.sockbroker.protocol.Errno.EINPROGRESS;
import static dev.sockbroker.protocol.Errno.EISCONN;
import static dev.sockbroker.protocol.NetworkEvent.CONNECT;
import static dev.sockbroker.system.contract.Scene.ALL;

import dev.sockbroker.system.contract.Scenario.On;

/** Scenarios CON-*: the result of a connect. */
class ConnectTest {
  @Scenario(
      id = "CON-01",
      rules = {24, 35, 44},
      steps = "unconnected, REG(ALL); connect to a listener",
      expected = "none; CONNECT(0), then WRITE")
  void con01ShouldReportASuccess(Scene scene) {
    PlainListener listener = scene.plainListener();
    Holder client = scene.a().open();
    client.reg(ALL).none();
    client.connect(listener.address()).begins().then("CONNECT(0), WRITE");
  }

  @Scenario(
      id = "CON-02",
      rules = {36},
      steps = "REG(0), REG(ALL)",
      expected = "CONNECT(0), WRITE")
  void con02ShouldReportTheOutcomeToANewRegistration(Scene scene) {
    PlainListener listener = scene.plainListener();
    Holder client = scene.a().open();
    client.reg(ALL);
    client.connect(listener.address()).begins().then("CONNECT(0), WRITE");
    client.cancelAny().then("");
    client.reg(ALL).then("CONNECT(0), WRITE");
  }

  @Scenario(
      id = "CON-03",
      rules = {36},
      steps = "the accepted side: REG(ALL)",
      expected = "WRITE")
  void con03ShouldNotReportConnectOnAnAcceptedSocket(Scene scene) {
    scene.pair().held().reg(ALL).then("WRITE");
  }

  @Scenario(
      id = "CON-04",
      rules = {36, 44},
      steps = "REG(CONNECT), connect to a closed port",
      expected = "CONNECT(ECONNREFUSED)")
  void con04ShouldReportAFailure(Scene scene) {
    Holder client = scene.a().open();
    client.reg(CONNECT);
    connectToNobody(scene, client).then("CONNECT(ECONNREFUSED)");
  }

  @Scenario(
      id = "CON-05",
      rules = {22, 24},
      registers = false,
      steps = "connect while connecting (listen(0), its queue full); when connected; on a listener",
      expected = "EALREADY; EISCONN; EISCONN (Unix, at first: EAGAIN, nothing pending)")
  void con05ShouldRefuseASecondConnect(Scene scene) {
    Holder full = scene.c().listen(0);
    scene.connect(full);
    Holder client = scene.a().open();
    if (scene.isUnix()) {
      client.connectNow(full.local()).fails(EAGAIN);
      client.connectNow(full.local()).fails(EAGAIN);
    } else {
      client.connectNow(full.local()).fails(EINPROGRESS);
      client.connectNow(full.local()).fails(EALREADY);
    }
    Holder connected = scene.clientPair().held();
    connected.connectNow(full.local()).fails(EISCONN);
    scene.a().listen(1).connectNow(full.local()).fails(EISCONN);
  }

  @Scenario(
      id = "CON-06",
      rules = {36},
      on = On.INTERNET,
      steps = "UDP: REG(ALL); then connect",
      expected = "WRITE; CONNECT(0)")
  void con06ShouldReportAConnectThatIsDoneAtOnce(Scene scene) {
    Holder socket = scene.a().openDatagram();
    socket.reg(ALL).then("WRITE");
    PlainDatagrams other = scene.plainDatagrams();
    socket.connect(other.address()).then("CONNECT(0)");
  }

  @Scenario(
      id = "CON-07",
      rules = {23, 37, 44},
      steps = "REG(ALL); connect to a closed port; REG(ALL); connect to a listener",
      expected = "CONNECT(ECONNREFUSED); CONNECT(ECONNREFUSED); CONNECT(0), WRITE; SO_ERROR 0")
  void con07ShouldConnectAfterAFailure(Scene scene) {
    Holder client = scene.a().open();
    client.reg(ALL).then("");
    connectToNobody(scene, client).then("CONNECT(ECONNREFUSED)");
    client.reg(ALL).then("CONNECT(ECONNREFUSED)");
    PlainListener listener = scene.plainListener();
    client.connect(listener.address()).begins().then("CONNECT(0), WRITE");
    client.get("SO_ERROR").is(0);
  }

  @Scenario(
      id = "CON-08",
      rules = {24, 36},
      on = On.INTERNET,
      steps = "REG(ALL); connect waiting 100 ms to a full listener; connect; room is made",
      expected = "ETIMEDOUT; EALREADY; CONNECT(0), WRITE within 2 s")
  void con08ShouldGoOnConnectingWhenTheWaitEnds(Scene scene) {
    Holder full = scene.c().listen(0);
    scene.connect(full);
    Holder client = scene.a().open();
    client.reg(ALL).then("");
    client.waitConnect(full.local(), 100).ends().timesOut().then("");
    client.connect(full.local()).fails(EALREADY);
    full.accept().then("A: CONNECT(0), WRITE");
  }

  /** On TCP the refusal comes later. On a Unix socket it comes with the reply. */
  private static Step connectToNobody(Scene scene, Holder client) {
    return client.connect(scene.closedAddress()).isRefused();
  }
}
