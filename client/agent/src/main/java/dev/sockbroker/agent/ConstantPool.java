package dev.sockbroker.agent;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The constants of a class file (JVMS 4.4), which name the methods that its code calls. Replacing
 * the class of such a name redirects the calls. The code itself stays as it is.
 */
final class ConstantPool {
  private static final int COUNT_AT = 8;
  private static final int FIRST_AT = 10;

  private static final int UTF8 = 1;
  private static final int INTEGER = 3;
  private static final int FLOAT = 4;
  private static final int LONG = 5;
  private static final int DOUBLE = 6;
  private static final int CLASS = 7;
  private static final int STRING = 8;
  private static final int FIELD = 9;
  private static final int METHOD = 10;
  private static final int INTERFACE_METHOD = 11;
  private static final int NAME_AND_TYPE = 12;
  private static final int METHOD_HANDLE = 15;
  private static final int METHOD_TYPE = 16;
  private static final int DYNAMIC = 17;
  private static final int INVOKE_DYNAMIC = 18;
  private static final int MODULE = 19;
  private static final int PACKAGE = 20;

  private final ByteBuffer file;

  /** Where the constants begin; 0 for a number that has none. */
  private final int[] at;

  private final int end;

  /** Which methods are redirected. */
  interface Choice {
    /**
     * @param owner the method's class, as in class files
     * @param descriptor its types, as in class files
     */
    boolean includes(String owner, String method, String descriptor);
  }

  /**
   * @throws IllegalArgumentException if there is a constant of an unknown kind
   */
  ConstantPool(byte[] classFile) {
    file = ByteBuffer.wrap(classFile.clone());
    at = new int[number(COUNT_AT)];
    int position = FIRST_AT;
    for (int i = 1; i < at.length; i++) {
      at[i] = position;
      int tag = file.get(position);
      position += size(tag, position);
      if (tag == LONG || tag == DOUBLE) {
        // these count twice
        i++;
      }
    }
    end = position;
  }

  private int size(int tag, int position) {
    return switch (tag) {
      case UTF8 -> 3 + number(position + 1);
      case CLASS, STRING, METHOD_TYPE, MODULE, PACKAGE -> 3;
      case METHOD_HANDLE -> 4;
      case INTEGER,
          FLOAT,
          FIELD,
          METHOD,
          INTERFACE_METHOD,
          NAME_AND_TYPE,
          DYNAMIC,
          INVOKE_DYNAMIC ->
          5;
      case LONG, DOUBLE -> 9;
      default -> throw new IllegalArgumentException("constant of kind " + tag);
    };
  }

  private int number(int position) {
    return Short.toUnsignedInt(file.getShort(position));
  }

  private String text(int constant) {
    int position = at[constant];
    byte[] bytes = new byte[number(position + 1)];
    file.get(position + 3, bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /**
   * Makes the class call the chosen methods of another class.
   *
   * @param target the other class, as in class files
   * @return the new class file
   */
  byte[] redirect(String target, Choice choice) {
    int targetClass = at.length + 1;
    for (int i = 1; i < at.length; i++) {
      if (at[i] != 0 && file.get(at[i]) == METHOD && isChosen(at[i], choice)) {
        file.putShort(at[i] + 1, (short) targetClass);
      }
    }
    byte[] name = target.getBytes(StandardCharsets.UTF_8);
    ByteBuffer longer = ByteBuffer.allocate(file.capacity() + 3 + name.length + 3);
    longer.put(file.slice(0, end));
    longer.put((byte) UTF8).putShort((short) name.length).put(name);
    longer.put((byte) CLASS).putShort((short) at.length);
    longer.put(file.slice(end, file.capacity() - end));
    longer.putShort(COUNT_AT, (short) (at.length + 2));
    return longer.array();
  }

  private boolean isChosen(int method, Choice choice) {
    int owner = at[number(method + 1)];
    int nameAndType = at[number(method + 3)];
    return choice.includes(
        text(number(owner + 1)), text(number(nameAndType + 1)), text(number(nameAndType + 3)));
  }
}
