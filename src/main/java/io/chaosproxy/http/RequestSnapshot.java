package io.chaosproxy.http;

import io.chaosproxy.inject.Request;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A request as conditions and the journal see it: a copy of its head, parsed only on demand.
 * Thread-safe.
 */
final class RequestSnapshot implements Request {
    private final String method;
    private final byte[] bytes;
    private final int targetFrom;
    private final int targetTo;
    private volatile @Nullable RequestHead parsed;
    private volatile @Nullable String text;

    private RequestSnapshot(RequestHead head) {
        this(head.method(), head.copy(), head.targetFrom(), head.targetTo());
    }

    private RequestSnapshot(String method, byte[] bytes, int targetFrom, int targetTo) {
        this.method = method;
        this.bytes = bytes;
        this.targetFrom = targetFrom;
        this.targetTo = targetTo;
    }

    /** A snapshot of this head: the one before if its bytes are the same, as those of a client that repeats its request are. */
    static RequestSnapshot of(RequestHead head, @Nullable RequestSnapshot before) {
        return before != null && head.consistsOf(before.bytes) ? before : new RequestSnapshot(head);
    }

    /** A request of which no more is known than the first line, and even that may be anything. */
    static RequestSnapshot unread(String method, byte[] line) {
        RequestSnapshot request = new RequestSnapshot(method, line, 0, 0);
        request.parsed = new RequestHead(0, false);
        return request;
    }

    @Override
    public String method() {
        return method;
    }

    /** The first line as it came, without its end. */
    String line() {
        String text = new String(bytes, StandardCharsets.ISO_8859_1).stripLeading();
        return text.lines().findFirst().orElse("");
    }

    @Override
    public String path() {
        return RequestHead.pathOf(new String(bytes, targetFrom, targetTo - targetFrom, StandardCharsets.ISO_8859_1));
    }

    @Override
    public String text() {
        String known = text;
        if (known == null) {
            known = Request.super.text();
            text = known;
        }
        return known;
    }

    @Override
    public String host() {
        return head().host();
    }

    @Override
    public @Nullable String header(String name) {
        return head().first(name);
    }

    private RequestHead head() {
        RequestHead head = parsed;
        if (head == null) {
            head = new RequestHead(bytes.length, false); // what was strict with it has seen it before
            try {
                head.scan(ByteBuffer.wrap(bytes));
            } catch (BadMessage e) {
                throw new IllegalStateException("the head was understood before", e);
            }
            parsed = head;
        }
        return head;
    }
}
