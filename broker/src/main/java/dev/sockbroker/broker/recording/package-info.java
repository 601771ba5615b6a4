/** Events for JDK Flight Recorder, and a recording of the running broker for a bug report. */
package dev.sockbroker.broker.recording;
