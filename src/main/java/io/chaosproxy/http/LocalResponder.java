package io.chaosproxy.http;

import io.chaosproxy.config.Address;
import io.chaosproxy.config.ProxySpec;
import io.chaosproxy.fault.Direction;
import io.chaosproxy.inject.FaultPipeline;
import io.chaosproxy.inject.Target;
import io.chaosproxy.net.UpstreamUnreachableException;
import io.chaosproxy.relay.Connection;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Sends answers of the proxy itself: through the same faults as those of the upstream. */
final class LocalResponder {
    private LocalResponder() {}

    /** An error, naming proxy and upstream. */
    static LocalResponse error(Connection connection, int status, String reason, String method) {
        ProxySpec spec = connection.proxy().settings();
        return error(spec, spec.upstream().map(Address::toString), status, reason, method);
    }

    private static LocalResponse error(
            ProxySpec spec, Optional<String> upstream, int status, String reason, String method) {
        String where = upstream.map(address -> " (upstream " + address + ")").orElse("");
        return LocalResponse.error(status, "chaos-proxy \"" + spec.name() + "\"" + where + ": " + reason, method);
    }

    /** The upstream could not be reached: 504 if it did not answer in time, 403 if it is not to be reached, else 502. */
    static LocalResponse unreachable(Connection connection, UpstreamUnreachableException e, String method) {
        int status = switch (e.obstacle()) {
            case LATE -> 504;
            case NOT_PERMITTED -> 403;
            case REFUSED, NO_NETWORK, NO_HOST, UNKNOWN_HOST, OTHER -> 502;
        };
        ProxySpec spec = connection.proxy().settings();
        String upstream = spec.upstream()
                .map(Address::toString)
                .orElse(e.upstream()); // of a forward proxy the client has named it
        return error(spec, Optional.of(upstream), status, e.reason(), method);
    }

    /** The client has to say who it is (RFC 9110 §15.5.8). */
    static LocalResponse unauthorized(Connection connection, String method) {
        return LocalResponse.error(
                407,
                "chaos-proxy \"" + connection.proxy().name() + "\": this proxy needs a user and a password",
                method,
                Map.of("Proxy-Authenticate", "Basic realm=\"chaos-proxy\", charset=\"UTF-8\""));
    }

    /** Error response for a malformed message. */
    static LocalResponse error(Connection connection, BadMessage e, String method) {
        return error(connection, e.status(), String.valueOf(e.getMessage()), method);
    }

    /**
     * Answers an exchange, which is over with it; everything before it has to be handed on by then, and the calling thread
     * owns the way down.
     *
     * @return whether the connection goes on behind it
     */
    static boolean send(Exchange exchange, LocalResponse plain) throws IOException {
        Connection connection = exchange.connection();
        Target target = exchange.target();
        FaultPipeline pipeline = begin(connection, target, plain);
        exchange.answering();
        LocalResponse answer = edited(plain, connection, target);
        deliver(exchange, pipeline, answer);
        return answer.keepAlive();
    }

    /**
     * Answers a malformed request, under the same conditions. Rules don't hit it, since their conditions
     * can't be checked; it counts like any other exchange.
     */
    static void refuse(Exchange exchange, LocalResponse answer) throws IOException {
        Connection connection = exchange.connection();
        FaultPipeline pipeline = begin(connection, connection.target(), answer);
        exchange.answering();
        deliver(exchange, pipeline, answer);
    }

    private static void deliver(Exchange exchange, FaultPipeline pipeline, LocalResponse answer) throws IOException {
        pipeline.writeFraming(answer.head());
        exchange.head(answer.status(), false, answer.headLength());
        sendBody(pipeline, answer);
        exchange.over();
    }

    private static FaultPipeline begin(Connection connection, Target target, LocalResponse answer) throws IOException {
        FaultPipeline pipeline = connection.pipeline(Direction.DOWN);
        target.contentLength(answer.body().remaining());
        pipeline.begin(target);
        if (!answer.body().hasRemaining()) {
            pipeline.endPayload(); // what was to happen to it happens before the head
            pipeline.closing();
        }
        return pipeline;
    }

    /** With the fields that rules and options say, as those of any response. */
    private static LocalResponse edited(LocalResponse plain, Connection connection, Target target) throws BadMessage {
        ResponseHead head = new ResponseHead(plain.headLength() + 1, false);
        head.scan(plain.head().duplicate());
        HeaderFaults.Forwarded forwarded =
                HeaderFaults.apply(head, Direction.DOWN, Map.of(), List.of(), true, connection, target);
        byte @Nullable [] changed = forwarded.changed();
        return changed == null ? plain : plain.withHead(changed, plain.keepAlive() && forwarded.keepAlive());
    }

    private static void sendBody(FaultPipeline pipeline, LocalResponse answer) throws IOException {
        if (answer.body().hasRemaining()) {
            pipeline.closing();
            pipeline.write(answer.body());
            pipeline.endPayload();
        }
        pipeline.flush();
    }
}
