package dev.sockbroker.client;

import java.time.Duration;

/** What makes a listener one that other processes join (rules 18 and 19). */
record ListenerName(String name, Duration retain) {}
