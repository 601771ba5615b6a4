package dev.sockbroker.broker.core;

import dev.sockbroker.broker.state.SavedDelivery;

/** The reply with the descriptor of a token. If it is not delivered, the token remains (rule 7). */
record RedeemDelivery(TokenTable tokens, Token token) implements SessionProxy.Delivery {
  @Override
  public void done(boolean toKernel) {
    if (toKernel) {
      tokens.end(token, null);
    } else {
      token.redeeming(false);
    }
  }

  @Override
  public SavedDelivery save(Saving saving) {
    return new SavedDelivery.Redeemed(token.id);
  }

  /** Returns null if the token was revoked meanwhile. */
  static RedeemDelivery restore(SavedDelivery.Redeemed saved, TokenTable tokens) {
    Token token = tokens.findById("t" + saved.token());
    return token == null ? null : new RedeemDelivery(tokens, token);
  }
}
