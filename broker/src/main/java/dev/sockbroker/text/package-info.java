/** What people write: times, sizes, addresses, and names with typing errors. */
package dev.sockbroker.text;
