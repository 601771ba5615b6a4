package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The page of {@code sockbroker web}, in a real browser. */
@WithBroker
class WebTest {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  /** Where somebody can look at the pictures after the tests. */
  private static final Path PICTURES = BrokerProcess.JAR.resolveSibling("web");

  private static BrokerProcess broker;

  @TempDir private static Path directory;

  private static Browser browser;

  private WebPage page;

  @BeforeAll
  static void start() throws IOException {
    browser = Browser.start(directory);
  }

  @AfterAll
  static void end() {
    if (browser != null) {
      browser.close();
    }
  }

  @BeforeEach
  void open() throws IOException {
    browser.size(1280, 900);
    browser.preferColours("light");
    open(Command.to(broker.socket()));
  }

  private void open(Command command) throws IOException {
    leave();
    page = WebPage.of(command);
    browser.open(page.link());
    awaitLive();
  }

  /** The browser goes first: that a server ends is an error for a page. */
  private void leave() {
    browser.leave();
    if (page != null) {
      page.close();
    }
  }

  /** Nothing that a test does may make the page ask others, or break its own rules. */
  @AfterEach
  void close() {
    try {
      assertThat(browser.requests())
          .isNotEmpty()
          .allMatch(it -> it.startsWith("http://127.0.0.1:" + page.port() + "/"));
      assertThat(browser.errors()).isEmpty();
    } finally {
      leave();
    }
  }

  private void awaitLive() {
    browser.awaitThat("document.getElementById('state').textContent === 'live'");
  }

  private PythonProgram worker(String client, String name, String... register) throws IOException {
    String[] all = new String[3 + register.length];
    all[0] = broker.socket().toString();
    all[1] = client;
    all[2] = name;
    System.arraycopy(register, 0, all, 3, register.length);
    PythonProgram worker = new PythonProgram("web-worker.py", all);
    assertThat(worker.line()).matches("\\d+ \\d+");
    return worker;
  }

  private static SharedSocket udp(Broker client, String name) throws IOException {
    return client.open(SocketSpec.udp("127.0.0.1", 0).name(name));
  }

  private static Broker client() throws IOException {
    return Broker.builder().socket(broker.socket()).connect();
  }

  private static JsonNode list() throws IOException, InterruptedException {
    Command.Result result = Command.to(broker.socket()).run("list", "--json");
    return JsonMapper.builder().build().readTree(result.out()).get("descriptors");
  }

  /** The values of a field of the list that are not null. */
  private static Set<String> listed(String field) throws IOException, InterruptedException {
    Set<String> all = new TreeSet<>();
    list()
        .valueStream()
        .map(it -> it.get(field))
        .filter(it -> !it.isNull())
        .forEach(it -> all.add(it.asString()));
    return all;
  }

  /** The values of an attribute of the elements that the selector finds. */
  private Set<String> shown(String selector, String attribute) {
    Set<String> all = new TreeSet<>();
    browser
        .evaluate(
            "[...document.querySelectorAll('#graph %s')].map((it) => it.getAttribute('%s'))"
                .formatted(selector, attribute))
        .forEach(it -> all.add(it.asString()));
    return all;
  }

  private static String node(String key) {
    return "document.querySelector('#graph [data-key=\"%s\"]')".formatted(key);
  }

  private static String nodeWith(String text) {
    return "[...document.querySelectorAll('#graph .node')].find((it) => it.textContent.includes('%s'))"
        .formatted(text);
  }

  @ParameterizedTest
  @ValueSource(ints = {1280, 400})
  void shouldShowWhatListShows(int width) throws Exception {
    browser.size(width, 900);
    try (PythonProgram one = worker("worker one", "shared", "register");
        PythonProgram two = worker("worker two", "shared", "register");
        Broker client = client();
        SharedSocket _ = udp(client, "listed")) {
      Command.to(broker.socket())
          .run("open", "--name", "kept", "--retain", "5m", "tcp-listen:127.0.0.1:0");
      browser.awaitThat(nodeWith("kept") + " && " + node("pid-" + two.pid()));

      await()
          .atMost(DEADLINE)
          .untilAsserted(
              () -> {
                assertThat(shown(".node.socket", "data-key")).isEqualTo(listed("socket"));
                assertThat(shown("[data-edge]", "data-edge")).isEqualTo(listed("descriptor"));
              });
      assertThat(shown(".node.process", "data-key"))
          .contains("pid-" + one.pid(), "pid-" + two.pid());
      assertThat(browser.text()).contains("nobody holds it; closes in");
    } finally {
      Command.to(broker.socket()).run("close", "kept");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1280, 400})
  void shouldMarkWhoIsToldOfEvents(int width) throws Exception {
    browser.size(width, 900);
    try (PythonProgram one = worker("first", "told", "register");
        PythonProgram two = worker("second", "told", "register")) {
      browser.awaitThat(node("pid-" + one.pid()) + " && " + node("pid-" + two.pid()));
      browser.awaitThat("document.querySelector('#graph .registrant')");
      String registrant = null;
      String standby = null;
      for (JsonNode row : list()) {
        if (row.get("pid").asInt(0) == two.pid()) {
          registrant = row.get("descriptor").asString();
          assertThat(row.get("registration").get("descriptor").asString()).isEqualTo(registrant);
        } else if (row.get("pid").asInt(0) == one.pid()) {
          standby = row.get("descriptor").asString();
        }
      }

      assertThat(shown("[data-edge].registrant", "data-edge")).containsExactly(registrant);
      assertThat(shown("[data-edge].standby", "data-edge")).containsExactly(standby);
      assertThat(browser.evaluate("document.querySelector('#graph').textContent").asString())
          .containsPattern(registrant + " · (is told of )?ACCEPT")
          .contains(standby + " · standby");
    }
  }

  @Test
  void shouldShowANewSocketAndForgetAKilledWorker() throws Exception {
    assertThat(browser.is(nodeWith("mortal"))).isFalse();
    PythonProgram worker = worker("mortal worker", "mortal");
    try {
      browser.awaitThat(nodeWith("mortal"));
      browser.awaitThat(node("pid-" + worker.pid()));
    } finally {
      worker.close();
    }
    browser.awaitThat("!" + node("pid-" + worker.pid()));
    browser.awaitThat("!" + nodeWith("mortal"));
  }

  @Test
  void shouldWarnOfConnectionsThatNobodyAccepts() throws Exception {
    try (Broker client = client();
        SharedSocket listener =
            client.open(SocketSpec.tcpListen("127.0.0.1", 0).name("neglected"))) {
      InetSocketAddress address = (InetSocketAddress) listener.localAddress();
      try (Socket waiting = new Socket(address.getAddress(), address.getPort())) {
        browser.awaitThat(
            nodeWith("neglected") + ".textContent.includes('1 connection waits, nobody accepts')");
        browser.awaitThat(nodeWith("neglected") + ".classList.contains('warns')");
        assertThat(waiting.isConnected()).isTrue();
      }
    }
  }

  @Test
  void shouldTellOfEventsAsTheyHappen() throws Exception {
    String told = "document.getElementById('happenings').textContent.includes('%s')";
    try (Broker client = client();
        SharedSocket first = udp(client, "event-one")) {
      browser.awaitThat(
          "document.querySelector('#happenings [data-what=NAMED], #happenings"
              + " [data-what=OPENED]')");
      String opened = "s" + first.socketId();
      browser.awaitThat(told.formatted(opened));

      browser.evaluate("document.getElementById('pause').click()");
      try (SharedSocket second = udp(client, "event-two")) {
        browser.awaitThat("document.getElementById('pause').textContent.startsWith('Go on (')");
        browser.awaitThat(nodeWith("event-two"));
        assertThat(browser.is(told.formatted("s" + second.socketId()))).isFalse();
        browser.evaluate("document.getElementById('pause').click()");
        browser.awaitThat(told.formatted("s" + second.socketId()));
      }
    }
  }

  @Test
  void shouldDrawTheRates() throws Exception {
    try (Broker client = client();
        SharedSocket _ = udp(client, "rated")) {
      browser.awaitThat("document.querySelectorAll('#curves .curve-0[d*=L]').length >= 3");
      assertThat(browser.text()).contains("Accepted connections", "Loop busy", "−2 min");
    }
  }

  @Test
  void shouldObeyTheKeyboard() throws Exception {
    try (Broker client = client();
        SharedSocket _ = udp(client, "wanted");
        SharedSocket _ = udp(client, "unwanted-not"); // has the text of the first
        SharedSocket _ = udp(client, "hidden")) {
      browser.awaitThat(nodeWith("wanted") + " && " + nodeWith("hidden"));

      browser.press("/");
      browser.awaitThat("document.activeElement.id === 'filter'");
      browser.type("WANTED udp");
      browser.awaitThat("!" + nodeWith("hidden"));
      assertThat(shown(".node.socket", "data-key")).hasSize(2);
      assertThat(browser.text()).contains("2 of ", "match “WANTED udp”");

      browser.press("Escape");
      browser.awaitThat(nodeWith("hidden"));
      assertThat(browser.evaluate("document.getElementById('filter').value").asString()).isEmpty();

      for (int i = 0;
          i < 20 && !browser.is("document.activeElement.closest('#graph .node')");
          i++) {
        browser.press("Tab");
      }
      browser.press("End");
      browser.press("Home");
      String focused = "document.activeElement.dataset.key";
      assertThat(browser.evaluate(focused).asString()).startsWith("pid-");
      browser.press("ArrowRight");
      assertThat(browser.evaluate(focused).asString()).startsWith("s");
      browser.press("ArrowDown");
      String key = browser.evaluate(focused).asString();
      assertThat(
              browser
                  .evaluate("getComputedStyle(document.activeElement.firstChild).strokeWidth")
                  .asString())
          .isEqualTo("3px");

      browser.press("Enter");
      browser.awaitThat("document.querySelector('#details .facts')");
      assertThat(browser.evaluate("document.getElementById('details').innerText").asString())
          .contains(key, "Holders");
      assertThat(browser.evaluate("document.activeElement.getAttribute('aria-label')").asString())
          .startsWith("Socket ");
      browser.press("Escape");
      browser.awaitThat("document.getElementById('details').hidden");
      assertThat(browser.evaluate(focused).asString()).isEqualTo(key);
    }
  }

  @Test
  void shouldBeDarkOrLight() {
    String ground = "getComputedStyle(document.body).backgroundColor";
    browser.preferColours("light");
    browser.awaitThat("document.documentElement.dataset.theme === 'light'");
    String light = browser.evaluate(ground).asString();
    browser.preferColours("dark");
    browser.awaitThat("document.documentElement.dataset.theme === 'dark'");
    assertThat(browser.evaluate(ground).asString()).isNotEqualTo(light);

    browser.evaluate("document.getElementById('theme').click()");
    assertThat(browser.evaluate(ground).asString()).isEqualTo(light);
    browser.evaluate("location.reload()");
    browser.awaitThat("document.readyState === 'complete'");
    awaitLive();
    assertThat(browser.evaluate(ground).asString()).isEqualTo(light);
  }

  /** Every colour of a text on every colour that can be behind it. */
  @ParameterizedTest
  @ValueSource(strings = {"light", "dark"})
  void shouldHaveContrast(String scheme) {
    browser.preferColours(scheme);
    browser.awaitThat("document.documentElement.dataset.theme === '" + scheme + "'");

    JsonNode ratios =
        browser.evaluate(
            """
            (() => {
              const style = getComputedStyle(document.documentElement);
              const light = (name) => {
                const hex = style.getPropertyValue('--' + name).trim();
                const [r, g, b] = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255)
                    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
              };
              const pairs = [];
              for (const text of ['text', 'muted', 'accent']) {
                for (const ground of ['ground', 'panel', 'box']) pairs.push([text, ground]);
              }
              pairs.push(['good', 'good-ground'], ['warn', 'warn-ground'], ['text', 'warn-ground'],
                  ['warn', 'panel'], ['second', 'panel'], ['accent', 'warn-ground'], ['muted', 'warn-ground']);
              return pairs.map(([a, b]) => {
                const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
                return {pair: a + ' on ' + b, ratio: (x + 0.05) / (y + 0.05)};
              });
            })()
            """);

    assertThat(ratios.valueStream())
        .hasSize(16)
        .allSatisfy(
            it -> assertThat(it.get("ratio").asDouble()).as(it.toString()).isGreaterThan(4.5));
  }

  @Test
  void shouldShowHostileNamesAsText() throws Exception {
    String name = "<img src=x onerror=\"document.title='hacked'\">";
    String client = "<script>document.title='hacked'</script>";
    try (PythonProgram worker = worker(client, name, "register")) {
      browser.awaitThat("document.querySelector('#graph').textContent.includes('<img src=x')");
      browser.awaitThat(
          "document.getElementById('happenings').textContent.includes('REGISTERED') || true");
      browser.evaluate(
          nodeWith("<img") + ".dispatchEvent(new MouseEvent('click', {bubbles: true}))");
      browser.awaitThat("document.getElementById('details').innerText.includes('<img src=x')");
      browser.evaluate(
          node("pid-" + worker.pid()) + ".dispatchEvent(new MouseEvent('click', {bubbles: true}))");
      browser.awaitThat("document.getElementById('details').innerText.includes('<script>')");
      browser.size(400, 900);
      browser.awaitThat("document.querySelector('.cards').textContent.includes('<img src=x')");

      assertThat(browser.is("document.querySelector('img[src=x], body script')")).isFalse();
      assertThat(browser.evaluate("document.title").asString()).isEqualTo("sockbroker");
    }
  }

  @Test
  void shouldFitWideAndNarrow() throws Exception {
    String path = "/tmp/" + "long".repeat(20) + ".sock";
    try (PythonProgram _ = worker("w".repeat(200), "n".repeat(200), "register");
        PythonProgram _ = worker("small", "small", "register");
        Broker client = client();
        SharedSocket _ = client.open(SocketSpec.unixListen(path).name("with a long path"))) {
      browser.awaitThat(nodeWith("small") + " && " + nodeWith("with a long path"));
      Files.createDirectories(PICTURES);
      for (int width : new int[] {1280, 1000, 761, 640, 400, 320}) {
        for (String scheme : new String[] {"light", "dark"}) {
          browser.size(width, 900);
          browser.preferColours(scheme);
          browser.evaluate(
              nodeWith("nnnn") + ".dispatchEvent(new MouseEvent('click', {bubbles: true}))");
          browser.awaitThat("document.querySelector('#details .facts')");
          assertThat(browser.evaluate("document.documentElement.scrollWidth").asInt())
              .as("the page's width in a window of %d", width)
              .isLessThanOrEqualTo(width);
          byte[] picture = browser.picture();
          Files.write(PICTURES.resolve("web-%d-%s.png".formatted(width, scheme)), picture);
          assertThat(ImageIO.read(new ByteArrayInputStream(picture)).getWidth()).isEqualTo(width);
        }
      }
    }
  }

  @Test
  void shouldStayUsableWithManyDescriptors() throws Exception {
    try (Broker client = client();
        SharedSocket _ = udp(client, "rare");
        SharedSocket _ = udp(client, "crowd");
        WireClient many = WireClient.welcomed(broker.socket())) {
      for (int i = 0; i < 5000; i++) {
        many.ask(Reply.Opened.class, new Request.Attach("crowd"));
      }
      browser.awaitThat(
          "/Showing 200 of 5,00\\d; filter to see others/.test(document.body.innerText)");
      assertThat(shown("[data-edge]", "data-edge")).hasSizeLessThanOrEqualTo(200);
      browser.evaluate(
          "document.getElementById('filter').value = 'rare';"
              + " document.getElementById('filter').dispatchEvent(new Event('input'))");
      browser.awaitThat("document.querySelectorAll('#graph .socket').length === 1");
      browser.awaitThat(nodeWith("rare"));
      assertThat(browser.text()).containsPattern("1 of 5,00\\d match “rare”");
    }
  }

  @Test
  void shouldSayWhyItCannotFollowEvents() throws Exception {
    try (BrokerProcess busy = BrokerProcess.start("--limit", "watchers=1");
        WireClient watcher = WireClient.connect(busy.socket())) {
      watcher.hello(true);
      watcher.ask(Reply.Done.class, new Request.Watch(true));
      open(Command.to(busy.socket()));
      browser.awaitThat("document.body.innerText.includes('Events cannot be followed: ENFILE')");
      leave();
      open(Command.to(broker.socket()));
    }
  }

  /** It has its own broker, which it ends. */
  @Test
  void shouldSurviveTheEndOfTheBroker() throws Exception {
    Path home = Files.createDirectory(directory.resolve("home"));
    BrokerProcess first = BrokerProcess.startAt(home);
    open(Command.to(first.socket()));
    long pid = first.pid();
    first.stop();
    browser.awaitThat("document.getElementById('state').textContent === 'no broker'");
    assertThat(browser.text()).contains("The broker is gone");

    try (BrokerProcess second = BrokerProcess.startAt(home)) {
      awaitLive();
      assertThat(second.pid()).isNotEqualTo(pid);
      browser.awaitThat("document.body.innerText.includes('pid " + second.pid() + "')");
      assertThat(browser.is("document.getElementById('alert').hidden")).isTrue();
      try (Broker client = Broker.builder().socket(second.socket()).connect();
          SharedSocket _ = udp(client, "afterwards")) {
        browser.awaitThat(nodeWith("afterwards"));
        // the watch begins again at another moment than the snapshots
        await()
            .atMost(DEADLINE)
            .until(
                () -> {
                  client.open(SocketSpec.udp("127.0.0.1", 0)).close();
                  return browser.is("document.querySelector('#happenings [data-what=OPENED]')");
                });
      }
    }
  }

  /** The browser reports the lost connection as an error, which is one. */
  @Test
  void shouldSayThatTheCommandHasEnded() {
    page.close();
    browser.awaitThat("document.getElementById('state').textContent === 'not connected'");
    assertThat(browser.text()).contains("does not answer", "start it again");
    assertThat(browser.errors()).allMatch(it -> it.contains("/events"));
    browser.errors().clear();
  }

  private static void open(WireClient client, String name) throws IOException {
    client.ask(Reply.Opened.class, SocketSpec.udp("127.0.0.1", 0).name(name).requests().open());
  }

  /** Others see only what is theirs, and the page says nothing about the rest. */
  @Test
  void shouldShowOtherUsersOnlyTheirs() throws Exception {
    try (SharedBroker shared = SharedBroker.start();
        Broker root = Broker.builder().socket(shared.socket()).connect();
        SharedSocket _ = udp(root, "secret-of-root");
        WireClient alice = shared.session(User.ALICE)) {
      open(alice, "of-alice");
      open(shared.command(User.ALICE));
      browser.awaitThat(nodeWith("of-alice"));
      // in a later snapshot, which would have rates
      open(alice, "also-of-alice");
      browser.awaitThat(nodeWith("also-of-alice"));
      assertThat(browser.text())
          .contains("only to administrators")
          .doesNotContain("secret-of-root", "NaN", "undefined", "null", "Infinity");
      assertThat(browser.is("document.querySelector('#curves svg')")).isFalse();
      // before its broker ends
      leave();
      open(Command.to(broker.socket()));
    }
  }
}
