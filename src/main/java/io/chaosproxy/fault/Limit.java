package io.chaosproxy.fault;

import io.chaosproxy.flow.Severed;
import io.chaosproxy.flow.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;

/** So many bytes pass, then the connection closes in an orderly way (FIN). */
public record Limit(long bytes) implements StreamFault {
    public Limit {
        Check.that(bytes >= 0, "bytes", "must be 0 or more, not " + bytes);
    }

    @Override
    public String type() {
        return "limit";
    }

    @Override
    public Sink attach(Sink next, Line line) {
        return new Passing(next) {
            private long left = bytes;

            @Override
            public void write(ByteBuffer data) throws IOException {
                int passing = (int) Math.min(left, data.remaining());
                left -= passing;
                write(data, passing);
                if (left == 0) {
                    flush(); // the close would overtake what a delay line holds
                    line.hit(Drawn.bytes("bytes", bytes));
                    throw Severed.close(line.rule());
                }
            }
        };
    }
}
