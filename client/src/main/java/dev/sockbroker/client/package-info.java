/** What a worker program calls. {@link dev.sockbroker.client.Broker} is where it begins. */
package dev.sockbroker.client;
