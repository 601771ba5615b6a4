/** What the two small HTTP servers, of the metrics and of the web page, have in common. */
package dev.sockbroker.http;
