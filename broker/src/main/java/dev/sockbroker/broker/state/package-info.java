/**
 * The broker's state as plain data: what a broker must know to continue the work of another one.
 * The entities of {@code core} save themselves as these records and are restored from them; {@link
 * dev.sockbroker.broker.state.StateFormat} turns the records into bytes of a versioned format. The
 * records do not know how they travel. They refer to each other by id, and to open files by {@link
 * dev.sockbroker.broker.state.Fd}.
 *
 * <p>A new component of a record gets {@link dev.sockbroker.broker.state.Since}, so that the state
 * of an older version can still be read. Components are never removed or reordered within a
 * version; {@code StateFormatTest} compares each version with its golden file.
 */
package dev.sockbroker.broker.state;
