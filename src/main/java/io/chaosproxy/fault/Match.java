package io.chaosproxy.fault;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The conditions of a rule; all of them have to hold.
 *
 * @param client network that the client connects from
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

    /**
     * Only requests for this path, a pattern as of {@link Glob#path}.
     *
     * @param glob pattern
     * @return the condition
     */
    public static Match path(String glob) {
        Match any = ANY;
        return new Match(
                any.client,
                any.methods,
                Optional.of(Glob.path(glob)),
                any.host,
                any.header,
                0,
                0,
                0,
                any.from,
                any.lasting);
    }

    /**
     * {@return these conditions, only for clients of this address or network, such as {@code 10.0.0.0/8}}
     *
     * @param network address or network
     */
    public Match client(String network) {
        return new Match(
                Optional.of(Network.parse(network)), methods, path, host, header, skip, first, nth, from, lasting);
    }

    /**
     * {@return these conditions, only for requests with one of these methods}
     *
     * @param some methods, such as {@code GET}
     */
    public Match methods(String... some) {
        return new Match(
                client,
                new TreeSet<>(Check.elements("method", some)),
                path,
                host,
                header,
                skip,
                first,
                nth,
                from,
                lasting);
    }

    /**
     * {@return these conditions, only for requests that ask for this host, a pattern as of {@link Glob#text}}
     *
     * @param glob pattern
     */
    public Match host(String glob) {
        return new Match(
                client, methods, path, Optional.of(Glob.text("host", glob)), header, skip, first, nth, from, lasting);
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
        return new Match(client, methods, path, host, fields, skip, first, nth, from, lasting);
    }

    /**
     * {@return these conditions, skipping the first matches}
     *
     * @param count number of matches; 0 for no such condition
     */
    public Match skip(long count) {
        return new Match(client, methods, path, host, header, count, first, nth, from, lasting);
    }

    /**
     * {@return these conditions, selecting only the first matches}
     *
     * @param count number of matches; 0 for no such condition
     */
    public Match first(long count) {
        return new Match(client, methods, path, host, header, skip, count, nth, from, lasting);
    }

    /**
     * {@return these conditions, selecting only each n-th match}
     *
     * @param count number of matches; 0 for no such condition
     */
    public Match nth(long count) {
        return new Match(client, methods, path, host, header, skip, first, count, from, lasting);
    }

    /**
     * {@return these conditions, resting for this time after the rule took effect}
     *
     * @param time duration; zero for no such condition
     */
    public Match from(Duration time) {
        return new Match(client, methods, path, host, header, skip, first, nth, time, lasting);
    }

    /**
     * {@return these conditions, in force for this time}
     *
     * @param time duration; zero for no such condition
     */
    public Match lasting(Duration time) {
        return new Match(client, methods, path, host, header, skip, first, nth, from, time);
    }

    /** {@return whether the conditions need an HTTP request} */
    public boolean asksForRequest() {
        return !methods.isEmpty() || path.isPresent() || host.isPresent() || !header.isEmpty();
    }

    /** {@return whether the rule rests by itself at some time} */
    public boolean hasWindow() {
        return !from.isZero() || !lasting.isZero();
    }

    /**
     * {@return whether the conditions hold that aren't about order or time}
     *
     * @param from address of the client
     * @param request request under way; null if there is none
     */
    public boolean holdsFor(InetAddress from, @Nullable Request request) {
        return (client.isEmpty() || client.get().contains(from))
                && (request == null ? !asksForRequest() : asks(request));
    }

    private boolean asks(Request request) {
        return (methods.isEmpty() || methods.contains(request.method()))
                && (path.isEmpty() || path.get().matches(request.path()))
                && (host.isEmpty() || host.get().matches(withoutPort(request.host())))
                && header.entrySet().stream().allMatch(field -> {
                    String value = request.header(field.getKey());
                    return value != null && field.getValue().matches(value);
                });
    }

    private static String withoutPort(String authority) {
        int colon = authority.lastIndexOf(':');
        return colon < 0 || authority.indexOf(']') > colon ? authority : authority.substring(0, colon);
    }

    /**
     * {@return whether the n-th that matches, counted from 1, is one of those to hit}
     *
     * @param n number of the match, from 1
     */
    public boolean selectsNext(long n) {
        long after = n - skip;
        return after > 0 && (first == 0 || after <= first) && (nth == 0 || after % nth == 0);
    }
}
