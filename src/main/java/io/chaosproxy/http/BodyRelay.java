package io.chaosproxy.http;

import io.chaosproxy.inject.FaultPipeline;
import java.io.IOException;

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

    private void endPayload() throws IOException {
        if (!ended) {
            ended = true;
            pipeline.endPayload();
        }
    }
}
