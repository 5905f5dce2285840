/** The shop's products. */

export interface Product {
  slug: string;
  name: string;
  brand: string;
  /** In EUR. */
  price: number;
  inStock: boolean;
  rating: number;
  reviews: number;
  summary: string;
}

export const kettles: Product[] = [
  {
    slug: "copper-stove-kettle",
    name: "Copper Stove Kettle 1.7 l",
    brand: "Hearth Works",
    price: 89.5,
    inStock: true,
    rating: 4.6,
    reviews: 212,
    summary: "Spun copper with a tin lining. Whistles when the water boils.",
  },
  {
    slug: "gooseneck-kettle",
    name: "Gooseneck Kettle 0.9 l",
    brand: "Slow Pour",
    price: 64,
    inStock: true,
    rating: 4.4,
    reviews: 97,
    summary: "A thin spout for pouring slowly over coffee, with a thermometer in the lid.",
  },
  {
    slug: "enamel-camp-kettle",
    name: "Enamel Camp Kettle 2 l",
    brand: "Fernway",
    price: 31.25,
    inStock: false,
    rating: 4.1,
    reviews: 45,
    summary: "Steel under two coats of enamel, for stoves and open fires.",
  },
  {
    slug: "electric-glass-kettle",
    name: "Electric Glass Kettle 1.2 l",
    brand: "Slow Pour",
    price: 48.9,
    inStock: true,
    rating: 3.9,
    reviews: 301,
    summary: "Borosilicate glass on a base that keeps four temperatures.",
  },
];

export const teapots: Product[] = [
  {
    slug: "blue-glaze-teapot",
    name: "Blue Glaze Teapot 0.8 l",
    brand: "Low Kiln",
    price: 42,
    inStock: true,
    rating: 4.8,
    reviews: 64,
    summary: "Stoneware, glazed by hand. No two have the same blue.",
  },
  {
    slug: "cast-iron-teapot",
    name: "Cast Iron Teapot 1 l",
    brand: "Hearth Works",
    price: 75,
    inStock: true,
    rating: 4.5,
    reviews: 128,
    summary: "Keeps tea warm for an hour. Enamelled inside, with a steel basket for leaves.",
  },
];
