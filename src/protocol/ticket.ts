/**
 * A message in the queue: "there is a browser's worth of pages to render". It starts one run of a consumer. It names
 * neither batch nor page: the consumer leases a browser and learns from the pool which batches have pages. So a ticket
 * that is lost, duplicated or late can neither skip a page nor render one twice.
 */
export interface RenderTicket {
  /** The country to render from, ISO 3166-1 alpha-2 in upper case; null for any. */
  country: string | null;
  /** When the pool sent it, epoch ms. */
  sentAt: number;
  /** Of a ticket that renders nothing: it is sent to see how many consumers the queue runs. */
  probe?: ConsumerProbe;
}

/** One look at how many consumers the queue runs. */
export interface ConsumerProbe {
  id: string;
  /** Epoch ms. */
  beganAt: number;
  endsAt: number;
}
