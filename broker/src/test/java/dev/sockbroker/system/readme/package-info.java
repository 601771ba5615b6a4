/**
 * Readers follow the pages by the letter, so these tests do too: each page has a table with a row
 * for every block, which says how the block is run and what must be seen.
 */
package dev.sockbroker.system.readme;
