package io.chaosproxy.http;

import io.chaosproxy.inject.FaultPipeline;
import io.chaosproxy.relay.StreamLoop;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Hands on the body of one message after the other, run by run. One thread uses it. */
final class BodyRelay {
    private final Body body;
    private final WriteCoalescer stretch;
    private final FaultPipeline pipeline;
    private boolean ended; // the payload, as far as the outlet knows

    BodyRelay(Body body, WriteCoalescer stretch, FaultPipeline pipeline) {
        this.body = body;
        this.stretch = stretch;
        this.pipeline = pipeline;
    }

    /**
     * Begins the body of a message.
     *
     * @param ended whether the outlet knows that it has no payload
     */
    void begin(boolean ended) {
        this.ended = ended;
    }

    /** Hands on a run of the body; behind {@code MORE} the chunk may be read into. */
    void handOn(Body.Run run) throws IOException {
        switch (run) {
            case CONTENT -> stretch.payload(body.length(), body.payloadFollows());
            case FRAMING -> {
                if (body.payloadOver()) {
                    endPayload();
                }
                stretch.framing(body.length());
            }
            case MORE -> stretch.push();
            case COMPLETE -> {
                stretch.push();
                endPayload();
            }
        }
    }

    /**
     * Where the bytes of the body go from a {@link StreamLoop}: payload in the midst of it passes without being looked at, while no fault is
     * in its way.
     *
     * @param chunk hands on what has been read
     */
    StreamLoop.Outlet outlet(StreamLoop.Outlet chunk) {
        return new StreamLoop.Outlet() {
            @Override
            public boolean handOn() throws IOException {
                return chunk.handOn();
            }

            @Override
            public long mayPass() {
                return pipeline.isOpenWay() ? body.certain() : 0;
            }

            @Override
            public boolean pass(ByteBuffer standIn) throws IOException {
                body.next(standIn);
                pipeline.payloadFollows(true);
                boolean all = pipeline.writeOpenWay(standIn);
                body.takeBack(standIn.remaining());
                return all;
            }
        };
    }

    private void endPayload() throws IOException {
        if (!ended) {
            ended = true;
            pipeline.endPayload();
        }
    }
}
