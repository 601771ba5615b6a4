/**
 * Processes that a command starts from its own jar, and that end with it: the demo's and the
 * bench's. They are asked by a line on stdin and answer by a line on stdout.
 */
package dev.sockbroker.child;
