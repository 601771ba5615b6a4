package dev.sockbroker.cli;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.io.IOException;
import java.util.regex.Pattern;

/** The broker replied to a request with an error. */
final class BrokerRefusedException extends IOException {
  private static final long serialVersionUID = 1;

  /**
   * The request and the command's own descriptor at the start of a message. The user typed neither.
   */
  private static final Pattern REQUEST = Pattern.compile("^[a-z][A-Za-z]*( on d[0-9]+)?: ");

  private final int errno;
  private final boolean noSuchThing;

  /**
   * @param request null if the broker does not say which request it refused
   */
  BrokerRefusedException(Request request, Reply.Error error) {
    super(error.error() + " (" + error.errno() + "): " + sentence(request, error.message()));
    errno = error.errno();
    noSuchThing = isNoSuchThing(request, errno);
  }

  private BrokerRefusedException(BrokerRefusedException e, String more) {
    super(e.getMessage() + more, e);
    errno = e.errno;
    noSuchThing = e.noSuchThing;
  }

  /** The same exception with more text. */
  BrokerRefusedException and(String more) {
    return new BrokerRefusedException(this, more);
  }

  int errno() {
    return errno;
  }

  /** Whether the name or id that the user gave does not exist. */
  boolean isNoSuchThing() {
    return noSuchThing;
  }

  private static boolean isNoSuchThing(Request request, int errno) {
    return switch (request) {
      case Request.Attach _, Request.Show _ -> errno == Errno.ENOENT || errno == Errno.EBADF;
      case Request.EndSession _ -> errno == Errno.ENOENT;
      case Request.RevokeDescriptor _ -> errno == Errno.EBADF;
      // rule 9: for a token, EINVAL means that it is unknown
      case Request.RevokeToken _ -> errno == Errno.EINVAL;
      // otherwise ENOENT comes from the kernel and is about a path
      case null, default -> false;
    };
  }

  /** Uses the words of the command line, for example on and off instead of true and false. */
  private static String sentence(Request request, String message) {
    String words =
        REQUEST
            .matcher(message)
            .replaceFirst("")
            .replace("true or false", "on or off")
            .replace("; force it", "; --force shuts it down for all of them");
    boolean isMode = request instanceof Request.Export && message.contains("share that mode");
    return isMode ? words + advice((Request.Export) request) : words;
  }

  private static String advice(Request.Export export) {
    return export.nonBlocking() ? "; start it without --nonblock" : "; start it with --nonblock";
  }
}
