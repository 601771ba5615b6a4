package dev.sockbroker.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply.DescriptorInfo;
import dev.sockbroker.protocol.Reply.Registration;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.protocol.SocketState;
import dev.sockbroker.protocol.SocketType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The format that programs rely on. A change here other than a new field requires a new {@link
 * JsonOutput#VERSION}.
 */
class JsonOutputTest {
  @TempDir Path noFiles;

  @Test
  void shouldWriteADescriptor() throws IOException {
    DescriptorInfo row =
        new DescriptorInfo(
            42,
            17,
            "w\u009béb",
            1000L,
            Family.INET6,
            SocketType.STREAM,
            SocketState.CONNECTED,
            Address.inet("::1", 80),
            Address.unix("/run/x"),
            3,
            4711,
            0,
            "worker",
            EnumSet.of(Right.SEND, Right.RECV),
            new Registration(42, 3, 4711, 0, EnumSet.of(NetworkEvent.CLOSE, NetworkEvent.READ), 5),
            1,
            2,
            1L << 40,
            4,
            5,
            6,
            true,
            65_536,
            4,
            true,
            60_000L,
            20_000L,
            9,
            true);

    assertThat(json(row))
        .isEqualTo(
            """
            {"version":1,"descriptors":[{"descriptor":"d42","socket":"s17",\
            "name":"w\\u009B\\u00E9b","ownerUid":1000,"kind":"tcp6",\
            "local":{"host":"::1","port":80},"peer":{"path":"/run/x"},"state":"CONNECTED",\
            "session":3,"pid":4711,"uid":0,"user":null,"command":null,"client":"worker",\
            "rights":["RECV","SEND"],\
            "registration":{"descriptor":"d42","session":3,"pid":4711,"form":"message",\
            "object":null,"events":["READ","CLOSE"],"number":5},\
            "queuedIn":1,"queuedOut":2,"bytesIn":1099511627776,"bytesOut":4,"ageMillis":5,\
            "inode":6,"exported":true,"ringBytes":65536,"stream":true,"standby":4,\
            "unattended":true,"retainMillis":60000,"closesInMillis":20000,"listener":"s9"}]}
            """);
  }

  @Test
  void shouldWriteNullForWhatASocketWithoutHolderLacks() throws IOException {
    DescriptorInfo row =
        new DescriptorInfo(
            0,
            17,
            "web",
            0L,
            Family.UNIX,
            SocketType.DGRAM,
            SocketState.FRESH,
            null,
            null,
            0,
            0,
            0,
            null,
            null,
            null,
            0,
            0,
            0,
            0,
            0,
            0,
            false,
            0,
            0,
            false,
            null,
            null,
            0,
            false);

    assertThat(json(row))
        .isEqualTo(
            """
            {"version":1,"descriptors":[{"descriptor":null,"socket":"s17","name":"web","ownerUid":0,\
            "kind":"unix-dgram","local":null,"peer":null,"state":"FRESH","session":null,\
            "pid":null,"uid":null,"user":null,"command":null,"client":null,"rights":[],\
            "registration":null,"queuedIn":0,"queuedOut":0,"bytesIn":0,"bytesOut":0,\
            "ageMillis":0,"inode":null,"exported":false,"ringBytes":0,"stream":false,"standby":null,\
            "unattended":false,"retainMillis":null,"closesInMillis":null,"listener":null}]}
            """);
  }

  @Test
  void shouldSayWhyNothingCanBeWritten() {
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("No space left on device");
          }
        };

    assertThatThrownBy(() -> new JsonOutput(full).document(() -> {}))
        .isExactlyInstanceOf(IOException.class)
        .hasMessage("No space left on device");
  }

  private String json(DescriptorInfo row) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonOutput out = new JsonOutput(bytes)) {
      out.document(
          () -> out.array("descriptors", () -> out.descriptor(row, new Processes(noFiles, true))));
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
