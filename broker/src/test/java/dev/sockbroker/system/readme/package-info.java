/**
 * Readers follow the pages exactly, and so do these tests. Each page has a table with a row for
 * every block, which defines how to run the block and what to check.
 */
package dev.sockbroker.system.readme;
