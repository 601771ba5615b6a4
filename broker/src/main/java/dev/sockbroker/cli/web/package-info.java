/**
 * The HTTP server of {@code sockbroker web}: who may look, the page's files, and the events that
 * browsers follow. It knows nothing of brokers. The command gives it finished JSON.
 */
package dev.sockbroker.cli.web;
