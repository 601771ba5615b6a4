package servers;

import org.apache.catalina.connector.Connector;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.tomcat.TomcatConnectorCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Spring Boot on the listener at fd 0. */
@SpringBootApplication
@RestController
public class BootMain {
  private Connector connector;

  public static void main(String[] arguments) {
    SpringApplication.run(BootMain.class, arguments);
  }

  @Bean
  TomcatConnectorCustomizer inheritListener() {
    return it -> {
      connector = it;
      connector.setProperty("useInheritedChannel", "true");
    };
  }

  /** Spring sends this event before it stops anything. */
  @EventListener(ContextClosedEvent.class)
  void end() throws Exception {
    Ending.of(connector);
  }

  @GetMapping("/")
  String hello() {
    return "hello from " + ProcessHandle.current().pid() + "\n";
  }
}
