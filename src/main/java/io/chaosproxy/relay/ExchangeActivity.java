package io.chaosproxy.relay;

/** Whether exchanges are under way on a connection: a shutdown lets them finish. Only an http proxy knows. Thread-safe. */
public final class ExchangeActivity {
    private final ProxyContext proxy;
    private volatile boolean receiving;
    private volatile boolean answering;
    private volatile boolean endsWithConnection;

    ExchangeActivity(ProxyContext proxy) {
        this.proxy = proxy;
    }

    /** Sets whether a request has begun to arrive that isn't {@link #answering} yet. */
    public void receiving(boolean underWay) {
        receiving = underWay;
        tellIfOver(underWay);
    }

    /** Sets whether responses are still to come. */
    public void answering(boolean underWay) {
        answering = underWay;
        tellIfOver(underWay);
    }

    /** Sets whether a response is under way that only the end of the connection ends (RFC 9112 §6.3). */
    public void endsWithConnection(boolean underWay) {
        endsWithConnection = underWay;
    }

    boolean endsWithConnection() {
        return endsWithConnection;
    }

    /** A drain that looked before this was known waits to be told; one that looks later sees it. */
    private void tellIfOver(boolean underWay) {
        if (!underWay && proxy.isEnding()) {
            proxy.settled();
        }
    }

    /** Whether no exchange is under way. */
    public boolean isIdle() {
        return !receiving && !answering;
    }

    /** Whether a request has begun to arrive of which the responses don't know yet. */
    public boolean isReceiving() {
        return receiving;
    }
}
