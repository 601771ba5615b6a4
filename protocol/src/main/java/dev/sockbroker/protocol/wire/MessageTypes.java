package dev.sockbroker.protocol.wire;

import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The number of each message on the wire. A number is never reused for another message. A new
 * message gets the next number of its group.
 */
public final class MessageTypes {
  private static final Map<Integer, Class<? extends Message>> BY_NUMBER = new HashMap<>();
  private static final Map<Class<? extends Message>, Integer> BY_CLASS = new HashMap<>();

  static {
    number(
        0x0001,
        List.of(
            Request.Hello.class,
            Request.Ping.class,
            Request.Open.class,
            Request.Attach.class,
            Request.Name.class,
            Request.Bind.class,
            Request.Listen.class,
            Request.Connect.class,
            Request.Accept.class,
            Request.Send.class,
            Request.SendMore.class,
            Request.Receive.class,
            Request.Shutdown.class,
            Request.GetOption.class,
            Request.SetOption.class,
            Request.ListOptions.class,
            Request.AsyncSelect.class,
            Request.EventSelect.class,
            Request.EnumNetworkEvents.class,
            Request.Rearm.class,
            Request.CreateEvent.class,
            Request.SetEvent.class,
            Request.ResetEvent.class,
            Request.CloseEvent.class,
            Request.WaitEvents.class,
            Request.Duplicate.class,
            Request.Redeem.class,
            Request.RevokeToken.class,
            Request.RevokeDescriptor.class,
            Request.Cancel.class,
            Request.Close.class,
            Request.GetAddresses.class,
            Request.ListDescriptors.class,
            Request.Show.class,
            Request.ShowBroker.class,
            Request.Watch.class,
            Request.NewFdKey.class,
            Request.FdHello.class,
            Request.Export.class,
            Request.AttachRing.class,
            Request.DetachRing.class,
            Request.ListSessions.class,
            Request.EndSession.class,
            Request.Upgrade.class,
            Request.AttachStream.class,
            Request.StreamHello.class,
            Request.DetachStream.class,
            Request.Reload.class,
            Request.TestPolicy.class,
            Request.ShowPolicy.class,
            Request.ListViolations.class,
            Request.ListNames.class,
            Request.ReadReport.class,
            Request.StartRecording.class));
    number(
        0x4001,
        List.of(
            Event.Network.class,
            Event.ObjectSignalled.class,
            Event.Replaced.class,
            Event.Revoked.class,
            Event.SendReady.class,
            Event.Stopping.class,
            Event.Happening.class,
            Event.RingReady.class,
            Event.Promoted.class,
            Event.StandbyEnded.class,
            Event.StreamEnded.class));
    number(
        0x8001,
        List.of(
            Reply.Error.class,
            Reply.Done.class,
            Reply.Welcome.class,
            Reply.Opened.class,
            Reply.Addresses.class,
            Reply.Sent.class,
            Reply.Received.class,
            Reply.Option.class,
            Reply.Options.class,
            Reply.Registered.class,
            Reply.NetworkEvents.class,
            Reply.EventObject.class,
            Reply.Signalled.class,
            Reply.Duplicated.class,
            Reply.Listing.class,
            Reply.Shown.class,
            Reply.BrokerInfo.class,
            Reply.FdKey.class,
            Reply.Ring.class,
            Reply.Sessions.class,
            Reply.Upgraded.class,
            Reply.Stream.class,
            Reply.Reloaded.class,
            Reply.Decision.class,
            Reply.Rules.class,
            Reply.Violations.class,
            Reply.Names.class,
            Reply.ReportPart.class));
  }

  private MessageTypes() {}

  /** Returns the message type of a number, or null if this version does not know it. */
  public static Class<? extends Message> message(int number) {
    return BY_NUMBER.get(number);
  }

  /** Returns the number of a message type. */
  public static int number(Class<? extends Message> message) {
    return BY_CLASS.get(message);
  }

  private static void number(int first, List<Class<? extends Message>> messages) {
    for (Class<? extends Message> message : messages) {
      BY_NUMBER.put(first, message);
      BY_CLASS.put(message, first);
      first++;
    }
  }
}
