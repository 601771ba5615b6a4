/** What a broker counts, in the text format of Prometheus, and over HTTP. */
package dev.sockbroker.broker.metrics;
