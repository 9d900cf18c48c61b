package io.chaosproxy.config;

import io.chaosproxy.fault.Check;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.text.PercentEncoding;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * URL of Redis: {@code redis://} or, with TLS, {@code rediss://}, then {@code user:password@} if it needs them, one or several
 * {@code host:port}, and {@code /} with the number of a database. It is never shown with the password.
 *
 * @param isEncrypted whether the connections use TLS
 * @param user name of the user; empty for the default one
 * @param password password; empty for none, or one that is given apart
 * @param hosts hosts with their ports; several are sentinels, or nodes of a Redis Cluster
 * @param database number of the database
 */
public record RedisAddress(
        boolean isEncrypted, Optional<String> user, Optional<String> password, List<Address> hosts, int database) {
    /** Redis's own port. */
    public static final int DEFAULT_PORT = 6379;

    private static final Pattern URL =
            Pattern.compile("(redis|rediss)://(?:([^@/:]*)(?::([^@/]*))?@)?([^@/?#]+)(?:/([0-9]{0,4}))?");

    /** Rejects an address without a host, and a database in a Redis Cluster. */
    public RedisAddress {
        Check.given("user", user);
        Check.given("password", password);
        hosts = Check.elements("hosts", hosts);
        Check.that(!hosts.isEmpty(), "", "must name a host");
        hosts.forEach(host -> Check.that(!host.host().isEmpty() && host.port() > 0, "", "must name a host"));
        Check.that(hosts.size() == 1 || database == 0, "", "must name no database, which several hosts don't have");
    }

    /**
     * Parses a URL.
     *
     * @param url such as {@code redis://127.0.0.1:6379}
     * @return the address
     * @throws InvalidValueException if it is none; the message doesn't repeat it, for it may have a password
     */
    public static RedisAddress parse(String url) {
        Check.given("redis", url);
        Matcher parts = URL.matcher(url);
        if (!parts.matches()) {
            throw new InvalidValueException(
                    "",
                    "must be a URL redis://host:port or rediss://host:port"
                            + (url.contains("@") ? "" : ", not \"" + url + "\""));
        }
        List<Address> hosts = new ArrayList<>();
        for (String host : parts.group(4).split(",", -1)) {
            hosts.add(host(host));
        }
        Optional<String> database = Optional.ofNullable(parts.group(5)).filter(digits -> !digits.isEmpty());
        return new RedisAddress(
                parts.group(1).equals("rediss"),
                decoded(parts.group(2)),
                decoded(parts.group(3)),
                hosts,
                database.map(Integer::valueOf).orElse(0));
    }

    private static Address host(String text) {
        boolean hasPort = text.matches(".*[^:]:[0-9]+|\\[.*]:[0-9]+");
        return Address.parse("", hasPort ? text : text + ":" + DEFAULT_PORT);
    }

    private static Optional<String> decoded(@Nullable String part) {
        if (part == null || part.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(PercentEncoding.decode(part));
        } catch (IllegalArgumentException e) {
            throw new InvalidValueException(
                    "",
                    "must have % in its user and password written as %25, and other reserved characters likewise (RFC"
                            + " 3986)");
        }
    }

    /** {@return whether the URL has a password} */
    public boolean hasPassword() {
        return password.isPresent();
    }

    /** {@return the same without user and password} */
    public RedisAddress withoutCredentials() {
        return new RedisAddress(isEncrypted, Optional.empty(), Optional.empty(), hosts, database);
    }

    /** The URL with user and password, as it is read. */
    String url() {
        String credentials = user.map(RedisAddress::encoded).orElse("")
                + password.map(secret -> ":" + encoded(secret)).orElse("");
        String text = toString();
        int host = text.indexOf("//") + 2;
        return credentials.isEmpty() ? text : text.substring(0, host) + credentials + "@" + text.substring(host);
    }

    private static String encoded(String part) {
        return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** {@return the URL without user and password} */
    @Override
    public String toString() {
        String scheme = isEncrypted ? "rediss://" : "redis://";
        String all = String.join(",", hosts.stream().map(Address::toString).toList());
        return scheme + all + (database == 0 ? "" : "/" + database);
    }
}
