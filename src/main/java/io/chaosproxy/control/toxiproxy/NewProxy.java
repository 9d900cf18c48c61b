package io.chaosproxy.control.toxiproxy;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.Options;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.config.Upstream;
import io.chaosproxy.fault.InvalidValueException;
import io.chaosproxy.fault.Plan;
import io.chaosproxy.fault.Protocol;
import java.util.ArrayList;
import java.util.List;

/** Request body of a proxy to create; missing fields are empty. */
record NewProxy(String name, String listen, String upstream, boolean enabled) {
    /** Go's name for the type of a list of proxies. */
    private static final String LIST = "[]struct { toxiproxy.Proxy; Enabled *bool \"json:\\\"enabled\\\"\" }";

    static NewProxy read(GoStruct given) throws ApiError {
        return new NewProxy(
                given.text("name").orElse(""),
                given.text("listen").orElse(""),
                given.text("upstream").orElse(""),
                given.flag("enabled").orElse(true));
    }

    /** A list of them, each checked. */
    static List<NewProxy> readAll(GoJson.Value body) throws ApiError {
        List<NewProxy> all = new ArrayList<>();
        for (GoJson.Value each : elements(body)) {
            all.add(read(GoStruct.of("", LIST.substring(2), each)));
        }
        for (int i = 0; i < all.size(); i++) {
            all.get(i).check(" at proxy " + (i + 1));
        }
        return all;
    }

    private static List<GoJson.Value> elements(GoJson.Value body) throws ApiError {
        return switch (body) {
            case GoJson.Array array -> array.values();
            case GoJson.Null nothing -> List.of();
            default ->
                throw ApiError.badBody("json: cannot unmarshal " + body.kind() + " into Go value of type " + LIST);
        };
    }

    /** Refuses if a field is missing; {@code where} follows its name. */
    void check(String where) throws ApiError {
        if (name.isEmpty()) {
            throw missing("name" + where);
        }
        if (upstream.isEmpty()) {
            throw missing("upstream" + where);
        }
    }

    private static ApiError missing(String field) {
        return new ApiError(400, "missing required field: " + field);
    }

    /** An http proxy if the upstream is a URL. */
    ProxySpec spec() throws ApiError {
        Protocol protocol = Upstream.protocol(upstream);
        String to = dialled(upstream);
        Address address = address(protocol, to);
        Address from;
        try {
            from = GoAddress.parse(listen);
        } catch (ApiError e) {
            throw GoAddress.listening(e);
        }
        try {
            return Upstream.change(new ProxySpec(name, protocol, from, address, Plan.CLEAN, Options.DEFAULTS), to);
        } catch (InvalidValueException e) {
            throw refusal(e);
        }
    }

    /** An upstream without a host is this machine, as Go dials it. */
    private static String dialled(String text) {
        return text.startsWith(":") ? "localhost" + text : text;
    }

    /** The same proxy with another upstream. */
    static ProxySpec redirected(ProxySpec spec, String upstream) throws ApiError {
        if (upstream.equals(Upstream.text(spec))) {
            return spec; // a forward proxy has none, which clients send back as they got it
        }
        String to = dialled(upstream);
        Address unused = address(spec.protocol(), to);
        return Upstream.change(spec, to);
    }

    private static Address address(Protocol protocol, String text) throws ApiError {
        try {
            return Upstream.parse(protocol, text);
        } catch (InvalidValueException e) {
            throw refusal(new InvalidValueException("upstream", e.reason()));
        }
    }

    /** A value that the original takes and that can't work. */
    static ApiError refusal(InvalidValueException e) {
        return ApiError.badBody(e.key() + " " + e.reason());
    }
}
