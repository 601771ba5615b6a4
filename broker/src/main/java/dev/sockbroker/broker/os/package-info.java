/**
 * The only place that touches epoll, file descriptors, option numbers and system calls. {@link
 * dev.sockbroker.broker.os.EpollKernel} is what the core is given.
 */
package dev.sockbroker.broker.os;
