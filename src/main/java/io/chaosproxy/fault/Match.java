package io.chaosproxy.fault;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * The conditions of a rule; all of them have to hold.
 *
 * @param client network that the client connects from
 * @param sni server name of the ClientHello with which the client begins TLS; one that names none never matches
 * @param target upstream that the connection or exchange goes to
 * @param methods HTTP methods, empty for any
 * @param path of the request target, without the query
 * @param host that the client asked for, without the port
 * @param header name to pattern: the first field of that name has to match
 * @param skip number of matches of all of the above to skip; 0 = none
 * @param first number of matches to select then; 0 = all
 * @param nth selects only each n-th of these; 0 = each
 * @param from time for which the rule rests after it took effect
 * @param lasting time for which it is in force from then on; zero = no end
 */
public record Match(
        Optional<Network> client,
        Optional<Glob> sni,
        Optional<EndpointPattern> target,
        Set<String> methods,
        Optional<Glob> path,
        Optional<Glob> host,
        Map<String, Glob> header,
        long skip,
        long first,
        long nth,
        Duration from,
        Duration lasting) {

    /** No condition at all. */
    public static final Match ANY = new Match(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Set.of(),
            Optional.empty(),
            Optional.empty(),
            Map.of(),
            0,
            0,
            0,
            Duration.ZERO,
            Duration.ZERO);

    /** Upper case, since one that no request has would only make the rule rest (RFC 9110 §9.1: case matters). */
    private static final Pattern METHOD = Pattern.compile("[A-Z0-9_-]+");

    /** Rejects numbers and durations below 0, and methods that are not in capitals. */
    public Match {
        Check.given("client", client);
        Check.given("sni", sni);
        Check.given("target", target);
        Check.given("path", path);
        Check.given("host", host);
        Check.given("header", header);
        methods = Collections.unmodifiableSet(new TreeSet<>(Check.elements("method", methods)));
        header = Collections.unmodifiableMap(new LinkedHashMap<>(header));
        header.forEach((name, pattern) -> {
            Check.given("header", name);
            Check.given("header", pattern);
        });
        for (String method : methods) {
            Check.that(
                    METHOD.matcher(method).matches(),
                    "method",
                    "methods are in capitals such as GET, not \"" + method + "\"");
        }
        Check.that(skip >= 0, "skip", "must be 0 or more, not " + skip);
        Check.that(first >= 0, "first", "must be 0 or more, not " + first);
        Check.that(nth >= 0, "nth", "must be 0 or more, not " + nth);
        Check.that(first == 0 || nth == 0, "nth", "first and nth exclude each other");
        Check.duration("from", from);
        Check.duration("for", lasting);
    }

    /** A copy to be changed, so that each condition is set in one place. */
    private static final class Draft {
        private Optional<Network> client;
        private Optional<Glob> sni;
        private Optional<EndpointPattern> target;
        private Set<String> methods;
        private Optional<Glob> path;
        private Optional<Glob> host;
        private Map<String, Glob> header;
        private long skip;
        private long first;
        private long nth;
        private Duration from;
        private Duration lasting;

        Draft(Match match) {
            client = match.client;
            sni = match.sni;
            target = match.target;
            methods = match.methods;
            path = match.path;
            host = match.host;
            header = match.header;
            skip = match.skip;
            first = match.first;
            nth = match.nth;
            from = match.from;
            lasting = match.lasting;
        }

        Match match() {
            return new Match(client, sni, target, methods, path, host, header, skip, first, nth, from, lasting);
        }
    }

    private Match with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.match();
    }

    /**
     * Only requests for this path, a pattern as of {@link Glob#path}.
     *
     * @param glob pattern
     * @return the condition
     */
    public static Match path(String glob) {
        return ANY.with(draft -> draft.path = Optional.of(Glob.path(glob)));
    }

    /**
     * {@return these conditions, only for clients of this address or network, such as {@code 10.0.0.0/8}}
     *
     * @param network address or network
     */
    public Match client(String network) {
        return with(draft -> draft.client = Optional.of(Network.parse(network)));
    }

    /**
     * {@return these conditions, only for clients that begin TLS with this server name, a pattern as of {@link Glob#text}}
     *
     * @param glob pattern, such as {@code *.example.com}
     */
    public Match sni(String glob) {
        return with(draft -> draft.sni = Optional.of(Glob.text("sni", glob)));
    }

    /**
     * {@return these conditions, only for what goes to this upstream, a pattern as of {@link EndpointPattern#parse}}
     *
     * @param pattern pattern of the host, and perhaps the port, such as {@code *.example.com:443}
     */
    public Match target(String pattern) {
        return with(draft -> draft.target = Optional.of(EndpointPattern.parse(pattern)));
    }

    /**
     * {@return these conditions, only for requests with one of these methods}
     *
     * @param some methods, such as {@code GET}
     */
    public Match methods(String... some) {
        return with(draft -> draft.methods = new TreeSet<>(Check.elements("method", some)));
    }

    /**
     * {@return these conditions, only for requests that ask for this host, a pattern as of {@link Glob#text}}
     *
     * @param glob pattern
     */
    public Match host(String glob) {
        return with(draft -> draft.host = Optional.of(Glob.text("host", glob)));
    }

    /**
     * {@return these conditions, only for requests with this header field, its value a pattern as of {@link Glob#text}}
     *
     * @param name name of the field, in any case
     * @param glob pattern
     */
    public Match header(String name, String glob) {
        Map<String, Glob> fields = new LinkedHashMap<>(header);
        fields.put(name, Glob.text("header." + name, glob));
        return with(draft -> draft.header = fields);
    }

    /**
     * {@return these conditions, skipping the first matches}
     *
     * @param count number of matches; 0 for no such condition
     */
    public Match skip(long count) {
        return with(draft -> draft.skip = count);
    }

    /**
     * {@return these conditions, selecting only the first matches}
     *
     * @param count number of matches; 0 for no such condition
     */
    public Match first(long count) {
        return with(draft -> draft.first = count);
    }

    /**
     * {@return these conditions, selecting only each n-th match}
     *
     * @param count number of matches; 0 for no such condition
     */
    public Match nth(long count) {
        return with(draft -> draft.nth = count);
    }

    /**
     * {@return these conditions, resting for this time after the rule took effect}
     *
     * @param time duration; zero for no such condition
     */
    public Match from(Duration time) {
        return with(draft -> draft.from = time);
    }

    /**
     * {@return these conditions, in force for this time}
     *
     * @param time duration; zero for no such condition
     */
    public Match lasting(Duration time) {
        return with(draft -> draft.lasting = time);
    }

    /** {@return whether the conditions need an HTTP request} */
    public boolean asksForRequest() {
        return !methods.isEmpty() || path.isPresent() || host.isPresent() || !header.isEmpty();
    }

    /** {@return whether the rule rests by itself at some time} */
    public boolean hasWindow() {
        return !from.isZero() || !lasting.isZero();
    }
}
