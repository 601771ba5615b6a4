package dev.sockbroker.broker.core;

/**
 * One line of the audit.
 *
 * @param timeMillis since 1970
 * @param session 0 if there is none
 * @param pid 0 for a process of another pid namespace
 * @param unit the systemd unit of the process, or null
 * @param action what was asked for, such as {@code listen}
 * @param object on what, such as {@code tcp:0.0.0.0:80} or {@code d42}; or null
 * @param rule the rule of the policy that decided, or null
 * @param errno the name of the error; null if it was allowed
 * @param reason a sentence for people, or null
 * @param dropped how many entries of the same user were left out before this one
 */
public record AuditEntry(
    long timeMillis,
    long session,
    int pid,
    long uid,
    String unit,
    String action,
    String object,
    String rule,
    String errno,
    String reason,
    long dropped) {
  public AuditEntry after(long leftOut) {
    return new AuditEntry(
        timeMillis, session, pid, uid, unit, action, object, rule, errno, reason, leftOut);
  }
}
