import java.io.IOException;
import java.io.InputStream;
import java.net.URI;

/** Prints what a URL has. It knows nothing of a broker. */
public class Fetch {
  public static void main(String[] args) throws IOException {
    try (InputStream in = URI.create(args[0]).toURL().openStream()) {
      in.transferTo(System.out);
    }
  }
}
