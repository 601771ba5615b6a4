package dev.sockbroker.broker.os;

/**
 * The identity of a file. No other file has the same device and inode while the file is open.
 *
 * @param device of the file system
 * @param mode type and permissions (inode(7))
 * @param uid of the owner
 */
record FileIdentity(long device, long inode, int mode, long uid) {
  private static final int FILE_TYPE = 0170000;
  private static final int SOCKET = 0140000;

  boolean isSocket() {
    return (mode & FILE_TYPE) == SOCKET;
  }

  /** Whether this is the same file. Its mode and owner may have changed. */
  boolean isSame(FileIdentity other) {
    return other != null && device == other.device && inode == other.inode;
  }
}
