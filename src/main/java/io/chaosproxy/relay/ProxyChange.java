package io.chaosproxy.relay;

import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.Plan;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * State of one proxy after a change of a registry; see {@link ProxyRegistry#apply}.
 *
 * @param spec its plan is that of a proxy that is new or takes another's place; port 0 keeps the port that the proxy has
 * @param on whether it is to listen
 * @param plan change of the plan of a proxy that is there already; empty to leave it
 * @param gently whether HTTP exchanges under way keep the plan that they began with; tcp connections don't
 */
public record ProxyChange(ProxySpec spec, boolean on, Optional<UnaryOperator<Plan>> plan, boolean gently) {}
