/**
 * What {@code sockbroker exec} needs of the system, which Java has no words for: receives fds, puts
 * them at their numbers and becomes the program.
 */
package dev.sockbroker.cli.exec;
