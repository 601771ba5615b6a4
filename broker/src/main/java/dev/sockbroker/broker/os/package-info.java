/**
 * The only place that touches epoll, file descriptors, option numbers and system calls. The core
 * uses it through {@link dev.sockbroker.broker.os.EpollKernel}.
 */
package dev.sockbroker.broker.os;
