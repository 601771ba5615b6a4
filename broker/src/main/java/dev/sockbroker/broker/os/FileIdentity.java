package dev.sockbroker.broker.os;

/**
 * Which file a file is: no two have the same device and inode while one of them is open.
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

  /** Mode and owner of a file change, and it is still the same. */
  boolean isSame(FileIdentity other) {
    return other != null && device == other.device && inode == other.inode;
  }
}
