package dev.sockbroker.text;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** What an exception of the JDK says about a file. The message of some is only the file name. */
public final class FileErrors {
  private FileErrors() {}

  /** Returns the file and what is wrong with it. */
  public static String text(IOException thrown) {
    if (thrown instanceof FileSystemException it && it.getReason() == null) {
      return it.getFile() + ": " + reason(it);
    }
    return thrown.getMessage() == null ? thrown.toString() : thrown.getMessage();
  }

  /** In the words of strerror(3). */
  private static String reason(FileSystemException thrown) {
    return switch (thrown) {
      case NoSuchFileException _ -> "No such file or directory";
      case AccessDeniedException _ -> "Permission denied";
      case FileAlreadyExistsException _ -> "File exists";
      case NotDirectoryException _ -> "Not a directory";
      case DirectoryNotEmptyException _ -> "Directory not empty";
      default -> thrown.getClass().getSimpleName();
    };
  }
}
