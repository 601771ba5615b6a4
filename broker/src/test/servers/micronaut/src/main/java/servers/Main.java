package servers;

import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.runtime.Micronaut;

/** Micronaut, with Netty. */
@Controller("/")
public class Main {
  public static void main(String[] arguments) {
    System.setProperty("micronaut.server.port", arguments[0]);
    Micronaut.run(Main.class);
  }

  @Get(produces = MediaType.TEXT_PLAIN)
  String hello() {
    return "hello from " + ProcessHandle.current().pid();
  }
}
