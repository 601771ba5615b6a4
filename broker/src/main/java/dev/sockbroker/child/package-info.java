/**
 * Processes that a command starts from its own jar and that end with it, for the demo and the
 * bench. They read requests from stdin and write replies to stdout, one per line.
 */
package dev.sockbroker.child;
