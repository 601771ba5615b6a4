package dev.sockbroker.broker.config;

import dev.sockbroker.broker.core.Quotas;
import dev.sockbroker.broker.core.Quotas.Quota;
import dev.sockbroker.broker.core.Resource;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Function;

/** Reads {@code [quota.default]} and {@code [quota.user.NAME]}. */
final class QuotaReader {
  private final Function<String, OptionalLong> users;

  /**
   * @param users returns the uid of a name or of digits
   */
  QuotaReader(Function<String, OptionalLong> users) {
    this.users = users;
  }

  Quotas read(TomlTable file) {
    TomlTable quota = file.table("quota");
    if (quota == null) {
      return Quotas.NONE;
    }
    TomlTable usual = quota.table("default");
    TomlTable byUser = quota.table("user");
    quota.end();
    Map<Long, Quota> ofUsers = new HashMap<>();
    if (byUser != null) {
      byUser.eachTable(
          (name, table) -> {
            Quota its = quota(table);
            OptionalLong uid = users.apply(name);
            if (uid.isPresent()) {
              if (ofUsers.put(uid.getAsLong(), its) != null) {
                byUser.problem(name, "uid " + uid.getAsLong() + " has two quotas");
              }
            } else {
              byUser.problem(name, "there is no user '" + name + "'");
            }
          });
    }
    return new Quotas(usual == null ? Quota.NONE : quota(usual), ofUsers);
  }

  private static Quota quota(TomlTable table) {
    Map<Resource, Quotas.Amount> amounts = new EnumMap<>(Resource.class);
    for (Resource resource : Resource.values()) {
      String name = resource.text();
      Quotas.Amount amount =
          table.converted(name, table.amount(name), it -> Amounts.amount(name, it));
      if (amount != null) {
        amounts.put(resource, amount);
      }
    }
    Integer sessions = table.converted("new-sessions", table.amount("new-sessions"), Amounts::rate);
    Integer opens = table.converted("opens", table.amount("opens"), Amounts::rate);
    table.end();
    return new Quota(amounts, sessions, opens);
  }
}
