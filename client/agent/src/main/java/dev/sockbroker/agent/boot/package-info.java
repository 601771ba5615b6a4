/**
 * The two classes of the agent that the boot loader defines, so that the JDK's classes see them.
 */
package dev.sockbroker.agent.boot;
