package servers;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Spring Boot, with Tomcat. */
@SpringBootApplication
@RestController
public class Main {
  public static void main(String[] arguments) {
    System.setProperty("server.port", arguments[0]);
    SpringApplication.run(Main.class);
  }

  @GetMapping("/")
  String hello() {
    return "hello from " + ProcessHandle.current().pid();
  }
}
