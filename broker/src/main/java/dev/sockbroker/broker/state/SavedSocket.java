package dev.sockbroker.broker.state;

import dev.sockbroker.protocol.Right;
import java.util.List;
import java.util.Set;

/**
 * One socket with the state that its descriptors share.
 *
 * @param maker the session that opened or accepted it, which may have ended
 * @param lastUser the user of the last descriptor or token that is gone, -1 for none
 * @param directories how many directories of bound paths are open
 * @param blocking whether operations wait
 * @param listener the id of the listener that accepted it, 0 for none
 * @param retryPending whether an attempt must be repeated although the kernel will not report it
 * @param receives waiting receives and accepts, in their order
 * @param sends waiting sends and connects, in their order
 * @param name null without a name
 * @param retention when it closes although nobody holds it; null if somebody does, or for ever
 * @param closing whether it closes as soon as a lane has sent what is in it
 * @param exports how often the raw fd was passed on
 * @param exportedNonBlocking the mode that its holders use
 * @param registration null without a registrant
 * @param standbys the newest last
 * @param lastNumber the last number of a registration
 * @param rings those of its descriptors, and one that only sends what its client has left
 * @param streams likewise
 */
public record SavedSocket(
    long id,
    long maker,
    long openedNanos,
    long lastUser,
    int directories,
    boolean blocking,
    long listener,
    boolean retryPending,
    SavedTransport transport,
    long lastReceive,
    List<SavedOperation> receives,
    long lastSend,
    List<SavedOperation> sends,
    Name name,
    Long retention,
    boolean closing,
    int exports,
    boolean exportedNonBlocking,
    SavedRegistration registration,
    List<SavedRegistration> standbys,
    int lastNumber,
    List<SavedRing> rings,
    @Since(3) List<SavedStream> streams) {

  /** Returns this socket with what belongs to it and is saved apart. */
  public SavedSocket with(
      SavedTransport itsTransport,
      List<SavedOperation> itsReceives,
      List<SavedOperation> itsSends,
      List<SavedStream> itsStreams) {
    return new SavedSocket(
        id,
        maker,
        openedNanos,
        lastUser,
        directories,
        blocking,
        listener,
        retryPending,
        itsTransport,
        lastReceive,
        itsReceives,
        lastSend,
        itsSends,
        name,
        retention,
        closing,
        exports,
        exportedNonBlocking,
        registration,
        standbys,
        lastNumber,
        rings,
        itsStreams);
  }

  /** The name of a socket and its properties. */
  public record Name(
      String text,
      long ownerUid,
      Set<Right> joinRights,
      Set<Right> otherRights,
      long retainMillis) {}
}
