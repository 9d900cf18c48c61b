package io.chaosproxy.fault;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Header fields are changed; everything else of the head stays byte for byte as it was.
 *
 * @param on whose head
 * @param set name to value: replaced where it stands, else added at the end
 * @param remove names
 */
public record Headers(On on, Map<String, String> set, List<String> remove) implements ExchangeFault {
    /** Whose head. */
    public enum On {
        /** The request, on its way to the upstream. */
        REQUEST,
        /** The response, on its way to the client. */
        RESPONSE
    }

    /** RFC 9110 §5.6.2. */
    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

    /** Fields that decide where a message ends: changing one would break the framing and not the header. */
    private static final List<String> FRAMING = List.of("content-length", "transfer-encoding");

    /** Rejects an edit of nothing, names and values that HTTP doesn't allow, and fields that frame the message. */
    public Headers {
        Check.given("on", on);
        Check.given("set", set);
        set = Collections.unmodifiableMap(new LinkedHashMap<>(set));
        remove = Check.elements("remove", remove);
        Check.that(!set.isEmpty() || !remove.isEmpty(), "set", "nothing to set and nothing to remove");
        check("set", set.keySet(), set.values());
        check("remove", remove, List.of());
    }

    /**
     * {@return a fault that sets a field of requests}
     *
     * @param name name of the field, in any case
     * @param value its value
     */
    public static Headers ofRequest(String name, String value) {
        return new Headers(On.REQUEST, Collections.singletonMap(name, value), List.of());
    }

    /**
     * {@return a fault that sets a field of responses}
     *
     * @param name name of the field, in any case
     * @param value its value
     */
    public static Headers ofResponse(String name, String value) {
        return new Headers(On.RESPONSE, Collections.singletonMap(name, value), List.of());
    }

    /**
     * {@return this fault, removing these fields as well}
     *
     * @param names names of the fields, in any case
     */
    public Headers remove(String... names) {
        return new Headers(on, set, Check.elements("remove", names));
    }

    @Override
    public String type() {
        return "headers";
    }

    @Override
    public Optional<HeaderChange> edits(Direction message) {
        boolean concerned = message == (on == On.REQUEST ? Direction.UP : Direction.DOWN);
        return concerned ? Optional.of(new HeaderChange(set, remove)) : Optional.empty();
    }

    static void check(String key, Collection<String> names, Collection<String> values) {
        for (String name : names) {
            Check.given(key, name);
            Check.that(TOKEN.matcher(name).matches(), key, "not a header field name: \"" + name + "\"");
            Check.that(
                    !FRAMING.contains(name.toLowerCase(Locale.ROOT)),
                    key,
                    name + " frames the message and can't be changed");
        }
        for (String value : values) {
            Check.given(key, value);
            Check.that(
                    value.chars().noneMatch(c -> c == '\r' || c == '\n' || c == 0),
                    key,
                    "a value must not contain line ends or NUL");
        }
    }
}
