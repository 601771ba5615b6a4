/** The messages between the broker and its clients, and their encoding. */
module dev.sockbroker.protocol {
  requires jdk.net;
  requires tools.jackson.core;

  exports dev.sockbroker.protocol;
  exports dev.sockbroker.protocol.wire;
}
