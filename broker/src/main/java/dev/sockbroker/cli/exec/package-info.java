/**
 * The parts of {@code sockbroker exec} that need system calls: it receives fds, puts them at their
 * numbers and becomes the program.
 */
package dev.sockbroker.cli.exec;
