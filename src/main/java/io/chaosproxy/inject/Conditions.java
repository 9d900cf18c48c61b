package io.chaosproxy.inject;

import io.chaosproxy.fault.Endpoint;
import io.chaosproxy.fault.Glob;
import io.chaosproxy.fault.Match;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Evaluation of the conditions of rules. */
final class Conditions {
    private Conditions() {}

    /** Whether the conditions hold that aren't about order or time, for a connection or an exchange. */
    static boolean hold(Match when, Matchable target) {
        Request request = target.request();
        return (when.client().isEmpty() || when.client().get().contains(target.client()))
                && (when.sni().isEmpty() || matchesHost(when.sni().get(), target.serverName()))
                && (when.target().isEmpty()
                        || target.upstream()
                                .filter(when.target().get()::matches)
                                .isPresent())
                && (request == null ? !when.asksForRequest() : hold(when, request));
    }

    /** Each condition of {@link #hold} by itself, with what it was compared with. */
    static List<Condition> explain(Match when, Matchable target) {
        List<Condition> all = new ArrayList<>();
        when.client()
                .ifPresent(wanted -> all.add(new Condition(
                        "client",
                        wanted.toString(),
                        target.client().getHostAddress(),
                        wanted.contains(target.client()))));
        when.sni()
                .ifPresent(wanted -> all.add(new Condition(
                        "sni",
                        wanted.toString(),
                        target.serverName().orElse(""),
                        matchesHost(wanted, target.serverName()))));
        when.target()
                .ifPresent(wanted -> all.add(new Condition(
                        "target",
                        wanted.toString(),
                        target.upstream().map(Endpoint::toString).orElse(""),
                        target.upstream().filter(wanted::matches).isPresent())));
        Request request = target.request();
        if (!when.methods().isEmpty()) {
            String actual = request == null ? "" : request.method();
            all.add(new Condition(
                    "method",
                    String.join(", ", when.methods()),
                    actual,
                    when.methods().contains(actual)));
        }
        when.path().ifPresent(wanted -> all.add(textual("path", wanted, request == null ? null : request.path())));
        when.host()
                .ifPresent(wanted ->
                        all.add(textual("host", wanted, request == null ? null : withoutPort(request.host()))));
        when.header()
                .forEach((name, wanted) ->
                        all.add(textual("header." + name, wanted, request == null ? null : request.header(name))));
        return all;
    }

    private static Condition textual(String key, Glob wanted, @Nullable String actual) {
        return new Condition(
                key, wanted.toString(), actual == null ? "" : actual, actual != null && wanted.matches(actual));
    }

    /** The dot of the root, which some clients send, is ignored at the end of either. */
    private static boolean matchesHost(Glob pattern, Optional<String> host) {
        if (host.isEmpty()) {
            return false;
        }
        String name = host.get();
        boolean rooted = pattern.toString().endsWith(".");
        if (rooted == name.endsWith(".")) {
            return pattern.matches(name);
        }
        return pattern.matches(rooted ? name + "." : name.substring(0, name.length() - 1));
    }

    private static boolean hold(Match when, Request request) {
        return (when.methods().isEmpty() || when.methods().contains(request.method()))
                && (when.path().isEmpty() || when.path().get().matches(request.path()))
                && (when.host().isEmpty() || when.host().get().matches(withoutPort(request.host())))
                && (when.header().isEmpty() || holdFields(when, request));
    }

    private static boolean holdFields(Match when, Request request) {
        return when.header().entrySet().stream().allMatch(field -> {
            String value = request.header(field.getKey());
            return value != null && field.getValue().matches(value);
        });
    }

    private static String withoutPort(String authority) {
        int colon = authority.lastIndexOf(':');
        return colon < 0 || authority.indexOf(']') > colon ? authority : authority.substring(0, colon);
    }

    /** Whether the n-th match, counted from 1, is one to hit. */
    static boolean select(Match when, long n) {
        long after = n - when.skip();
        return after > 0
                && (when.first() == 0 || after <= when.first())
                && (when.nth() == 0 || after % when.nth() == 0);
    }
}
